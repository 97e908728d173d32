/** ClientEvent tells what goes on between a client and its registries. Texts are printable and hold no secrets. */
export type ClientEvent =
  | {
      readonly type: "request";
      readonly method: string;
      /** Without its query. */
      readonly url: string;
      readonly status: number;
      /** Until the head of the answer, in milliseconds. */
      readonly duration: number;
      /** Announced size of the answer's body in bytes. */
      readonly size: number | undefined;
    }
  | {
      readonly type: "retry";
      readonly method: string;
      readonly url: string;
      /** A status or what happened. */
      readonly reason: string;
      /** Milliseconds until the next attempt. */
      readonly delay: number;
    }
  /** What a registry wants its users to know (`Warning: 299`); each text once. */
  | { readonly type: "warning"; readonly registry: string; readonly text: string };
