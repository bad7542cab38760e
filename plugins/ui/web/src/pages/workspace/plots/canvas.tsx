/** A canvas as sharp as the screen is, drawn anew when its drawing is another one. */
import { useEffect, useRef } from "react";
import type { Drawing } from "../../../plots/pen";
import styles from "./plots.module.css";

export function Canvas({ drawing, label }: { readonly drawing: Drawing; readonly label?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = devicePixelRatio;
    element.width = Math.round(drawing.width * ratio);
    element.height = Math.round(drawing.height * ratio);
    context.scale(ratio, ratio);
    drawing.draw(context);
  }, [drawing]);
  const named = label ? ({ role: "img", "aria-label": label } as const) : ({ "aria-hidden": true } as const);
  return <canvas ref={canvas} className={styles.canvas} style={{ width: drawing.width, height: drawing.height }} {...named} />;
}
