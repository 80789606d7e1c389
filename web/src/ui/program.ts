/** What every part of the page is given: the state that it shows, and the way to act on it. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { State } from "../studio/state";
import type { Studio } from "../studio/studio";

export interface Program {
  state: State;
  /** Do something, as soon as the page is loaded. */
  act: (what: (studio: Studio) => unknown) => void;
}

export const ProgramContext = createContext<Program | null>(null);

export function useProgram(): Program {
  const program = useContext(ProgramContext);
  if (!program) throw new Error("this part of the page stands outside the page");
  return program;
}
