/** What the page uses of gifenc, which comes without types. */
declare module "gifenc" {
  interface FrameOptions {
    palette?: [number, number, number][];
    /** Milliseconds. */
    delay?: number;
    transparent?: boolean;
    transparentIndex?: number;
    dispose?: number;
    /** How often the animation is repeated; 0 for ever. */
    repeat?: number;
  }

  interface Encoder {
    writeFrame(index: Uint8Array, width: number, height: number, options?: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array;
  }

  export function GIFEncoder(): Encoder;
}
