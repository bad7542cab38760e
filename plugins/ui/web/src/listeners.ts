/** Who wants to hear that something has changed, such as what `useSyncExternalStore` shows. */
export class Listeners {
  private readonly all = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.all.add(listener);
    return () => this.all.delete(listener);
  };

  readonly tell = (): void => {
    for (const listener of this.all) listener();
  };
}
