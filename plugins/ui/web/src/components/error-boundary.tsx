/** Shows what failed in a page in its place, while the frame around it goes on. */
import { Component, type ReactNode } from "react";
import { asError } from "../as-error";
import { Button } from "./button";
import { Empty, ErrorNote } from "./notes";

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: asError(error) };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <Empty>
        <h1>This page failed</h1>
        <ErrorNote error={this.state.error} />
        <Button onClick={() => location.reload()}>Load it again</Button>
      </Empty>
    );
  }
}
