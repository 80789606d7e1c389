/** The page as a whole. */
import { t } from "../messages";
import { Footer } from "./footer";
import { Header } from "./header";
import { Panel } from "./panel/panel";
import { FilmStrip } from "./stage/film_strip";
import { Stage } from "./stage/stage";
import { Toolbar } from "./stage/toolbar";
import { useProgram } from "./program";

/** The offer of a new version. */
function Update() {
  const { state } = useProgram();
  const apply = state.update.value;
  if (!apply) return null;
  return (
    <p class="update" id="update" role="status">
      {t().newVersion}{" "}
      <button type="button" class="primary" onClick={apply}>
        {t().reload}
      </button>
    </p>
  );
}

export function Page() {
  const { state } = useProgram();
  return (
    <>
      <Header />
      <Update />
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
