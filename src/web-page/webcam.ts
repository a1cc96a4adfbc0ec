/** @file The webcam of an exported page: what it sees, frame by frame. */

/** A webcam that is on. */
export interface Webcam {
  /** The square in the middle of what it sees now; undefined before it sees something. */
  frame(): Promise<ImageBitmap | undefined>;
  stop(): void;
}

/** @throws Error with a sentence for people. */
export async function startWebcam(video: HTMLVideoElement): Promise<Webcam> {
  const stream = await openStream();
  video.srcObject = stream;
  await video.play().catch(() => undefined);
  return {
    async frame() {
      const { videoWidth: width, videoHeight: height } = video;
      const side = Math.min(width, height);
      if (side === 0) return undefined;
      return createImageBitmap(
        video,
        Math.floor((width - side) / 2),
        Math.floor((height - side) / 2),
        side,
        side,
      );
    },
    stop() {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

async function openStream(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) {
    throw new Error('Browsers give the webcam to pages of https:// and of localhost alone.');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 640 }, height: { ideal: 480 } },
    });
  } catch (error) {
    const { name } = error as DOMException;
    if (name === 'NotAllowedError') {
      throw new Error('The browser does not allow the webcam: allow it beside the address, and try again.');
    }
    if (name === 'NotFoundError')
      throw new Error('There is no webcam: connect one, or drop an image instead.');
    if (name === 'NotReadableError')
      throw new Error('Another program uses the webcam: close it, and try again.');
    throw error;
  }
}
