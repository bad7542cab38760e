/** Buttons: plain, primary, quiet, or of what cannot be undone; with an icon alone they need a label. */
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import styles from "./button.module.css";
import { Icon, type IconName } from "./icon";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: "plain" | "primary" | "quiet" | "danger";
  readonly small?: boolean;
  readonly icon?: IconName;
  readonly children?: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", small, icon, children, className, ...rest }: ButtonProps) {
  const looks = [styles.button, look !== "plain" && styles[look], small && styles.small, !children && styles.icon, className];
  return (
    <button type="button" className={looks.filter(Boolean).join(" ")} {...rest}>
      {icon && <Icon name={icon} size={small ? 14 : 16} />}
      {children}
    </button>
  );
}

/** A button that is an icon; its label is told to who cannot see it, and shown on hovering. */
export function IconButton({ label, ...rest }: Omit<ButtonProps, "children"> & { readonly label: string; readonly icon: IconName }) {
  return <Button look="quiet" aria-label={label} title={label} {...rest} />;
}
