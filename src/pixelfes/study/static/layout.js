// How many columns the pictures of a question take, and how wide each is.

const SMALLEST = 104; // pixels; where pictures would have to be smaller to fit, the page scrolls
const SMALLEST_SCROLLING = 130;
const BORDER = 3; // of study.css

/**
 * The layout in which `count` pictures of one shape (`ratio` is width / height) are largest: they fit into `width` x `height`
 * pixels, each with a caption below and a border around it. If they would be too small, only the width counts.
 */
export function arrange({ count, ratio, width, height, gap, caption, border }) {
  const across = (columns) => (width - (columns - 1) * gap) / columns;
  const down = (columns) => {
    const rows = Math.ceil(count / columns);
    return ((height - (rows - 1) * gap) / rows - caption - 2 * border) * ratio + 2 * border;
  };
  let best = { columns: 1, side: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const side = Math.min(across(columns), down(columns));
    if (side > best.side) best = { columns, side };
  }
  if (best.side >= SMALLEST) return best;
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (SMALLEST_SCROLLING + gap))));
  return { columns, side: across(columns) };
}

/** Arrange the pictures of a question: the original by itself in the middle where the others then fill whole rows. */
export function arrangePictures(list, { width, height }, free) {
  const figures = [...list.children];
  const { columns, side } = arrange({
    count: figures.length,
    ratio: width / height,
    width: list.clientWidth,
    height: free,
    gap: parseFloat(getComputedStyle(list).columnGap),
    caption: figures[0].lastElementChild.offsetHeight,
    border: BORDER,
  });
  list.style.setProperty("--columns", columns);
  list.style.setProperty("--side", `${Math.floor(side)}px`);
  figures[0].classList.toggle("alone", columns < figures.length && (figures.length - 1) % columns === 0);
}
