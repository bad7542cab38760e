/** How one begins to write a plugin. */
import { Snippet } from "../../components/notes";
import styles from "./plugins.module.css";

const CODE = `runyard plugins new panel panel-roc-curve        # a panel of these pages
runyard plugins new artifact-store store-blob    # or a store, a flavor, a command
pip install --editable panel-roc-curve
runyard plugins doctor --deep                    # then start the server again`;

export const WriteOne = () => (
  <section className={styles.box}>
    <h2>Write one</h2>
    <p>A plugin is a Python package with an entry point. These write one that works, with its tests:</p>
    <Snippet code={CODE} />
  </section>
);
