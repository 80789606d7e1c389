/** Gives memory back at once that browsers would keep until they collect garbage: hundreds of megabytes of a large photo. */

/** Give the memory of arrays back; they are empty from then on. */
export function giveBack(...arrays: readonly ArrayBufferView[]): void {
  const { port1, port2 } = new MessageChannel();
  port2.close(); // what is sent is handed over to nobody
  const buffers = arrays.map(({ buffer }) => buffer).filter(({ byteLength }) => byteLength > 0);
  port1.postMessage(null, buffers as ArrayBuffer[]);
  port1.close();
}
