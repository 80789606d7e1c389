import { useLayoutEffect, useRef } from "preact/hooks";

/** A canvas that is made elsewhere, put into the page. */
export function Picture({ canvas, class: name, label }: { canvas: HTMLCanvasElement; class?: string; label?: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    place.current?.replaceChildren(canvas);
  }, [canvas]);
  const spoken = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": true };
  return <div ref={place} class={name} {...spoken} />;
}
