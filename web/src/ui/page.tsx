/** The page as a whole. */
import { Footer } from "./footer";
import { Header } from "./header";
import { Panel } from "./panel/panel";
import { FilmStrip } from "./stage/film_strip";
import { Stage } from "./stage/stage";
import { Toolbar } from "./stage/toolbar";
import { useProgram } from "./program";

export function Page() {
  const { state } = useProgram();
  return (
    <>
      <Header />
      <main id="main" data-shows={state.shows.value}>
        <div class="work">
          <Stage />
          <Toolbar />
          <FilmStrip />
        </div>
        <Panel />
      </main>
      <Footer />
    </>
  );
}
