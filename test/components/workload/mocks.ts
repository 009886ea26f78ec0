import * as pulumi from "@pulumi/pulumi";
import { expect, vi } from "vitest";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** Stands in for the engine and keeps what a program registers. */
export class MockEngine {
  readonly registered: Registered[] = [];

  static async start(options: { preview?: boolean } = {}): Promise<MockEngine> {
    const engine = new MockEngine();
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          engine.registered.push({ type, name, inputs });
          return { id: `${name}-id`, state: inputs };
        },
        call: ({ inputs }) => inputs,
      },
      "project",
      "stack",
      options.preview ?? false,
    );
    return engine;
  }

  /** Waits until nothing more is being registered. */
  async settled(): Promise<readonly Registered[]> {
    for (let before = -1; before !== this.registered.length; ) {
      before = this.registered.length;
      // A registration is some dozens of turns of promises, none of which waits for anything outside.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    return this.registered;
  }

  /** The one resource of a type, once it is registered: some wait for what is computed elsewhere. */
  async only(type: string): Promise<Registered> {
    const seen = () => this.registered.filter((resource) => resource.type === type);
    await vi.waitFor(() => expect(seen(), `resources of type ${type}`).toHaveLength(1), { timeout: 5000, interval: 5 });
    await this.settled();
    const [first] = seen();
    if (first === undefined) throw new Error(`no resource of type ${type}`);
    return first;
  }
}
