/** The cameras of the device. */

export const SIZES = ["640x480", "1280x720", "1920x1080"] as const;
export type CameraSize = (typeof SIZES)[number];

/** Which camera is wanted: one of them, or one that faces this way; and how large its picture is, as far as it can. */
export interface CameraWish {
  device: string;
  facing: "user" | "environment";
  size: CameraSize;
}

export interface Camera {
  id: string;
  label: string;
}

/** Turn a camera on; the browser asks its user. */
export async function openCamera({ device, facing, size }: CameraWish): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no cameras here", "NotSupportedError");
  const [width, height] = size.split("x").map((side) => ({ ideal: Number(side) }));
  const which = device ? { deviceId: { exact: device } } : { facingMode: facing };
  return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, width, height } });
}

/** The cameras that there are, named only once one of them may be used. */
export async function cameras(): Promise<Camera[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
    .map(({ deviceId, label }, i) => ({ id: deviceId, label: label || String(i + 1) }));
}
