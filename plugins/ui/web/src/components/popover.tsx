/** A panel that opens at a button, and closes by Escape, by a click elsewhere or when the focus leaves. */
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Button } from "./button";
import type { IconName } from "./icon";
import styles from "./overlay.module.css";

interface PopoverProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly text?: ReactNode;
  readonly side?: "left" | "right";
  readonly small?: boolean; // a quiet button among others
  readonly open?: boolean; // where somebody else opens it too
  readonly onOpen?: (open: boolean) => void;
  readonly children: (close: () => void) => ReactNode;
}

export function Popover({ label, icon, text, side = "right", small = false, open: wanted, onOpen, children }: PopoverProps) {
  const [own, setOwn] = useState(false);
  const open = wanted ?? own;
  const setOpen = onOpen ?? setOwn;
  const anchor = useRef<HTMLSpanElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (panel.current) keepInWindow(panel.current);
  }, [open]);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (!anchor.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open, setOpen]);
  const close = () => {
    setOpen(false);
    anchor.current?.querySelector("button")?.focus();
  };
  return (
    <span className={styles.anchor} ref={anchor} onKeyDown={(event) => open && event.key === "Escape" && (event.stopPropagation(), close())}>
      <Button
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={text ? undefined : label}
        title={label}
        onClick={() => setOpen(!open)}
        {...(icon ? { icon } : {})}
        {...(small ? { small, look: "quiet" as const } : {})}
      >
        {text}
      </Button>
      {open && (
        <div ref={panel} id={id} role="dialog" aria-label={label} className={styles.popover} data-side={side}>
          {children(close)}
        </div>
      )}
    </span>
  );
}

const EDGE = 8; // pixels that are left to the window's sides

/** A panel at a button may reach over the side of a narrow window. */
function keepInWindow(panel: HTMLElement): void {
  const { left, right } = panel.getBoundingClientRect();
  const shift = Math.max(EDGE - left, 0) || Math.min(document.documentElement.clientWidth - EDGE - right, 0);
  if (shift) panel.style.translate = `${shift}px`;
}
