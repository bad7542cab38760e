/** What can be done besides, behind a button with three dots. */
import { Button } from "./button";
import menu from "./menu.module.css";
import { Popover } from "./popover";

interface MenuProps {
  readonly label: string;
  readonly entries: readonly (readonly [string, () => void])[];
}

export const Menu = ({ label, entries }: MenuProps) => (
  <Popover label={label} icon="more">
    {(close) => (
      <div className={menu.list}>
        {entries.map(([name, act]) => <Button key={name} look="quiet" onClick={() => (close(), act())}>{name}</Button>)}
      </div>
    )}
  </Popover>
);
