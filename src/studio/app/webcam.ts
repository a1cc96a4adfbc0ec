/** @file The webcam: a stream for a video element, and its frames as files. */

/** Side of the square that is kept of a frame: larger than what networks see. */
const FRAME_PX = 320;

/** @throws Error with a sentence for people. */
export async function openWebcam(): Promise<MediaStream> {
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
    if (name === 'NotFoundError') throw new Error('There is no webcam: connect one, or drop images instead.');
    if (name === 'NotReadableError')
      throw new Error('Another program uses the webcam: close it, and try again.');
    throw error;
  }
}

export function closeWebcam(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** The square in the middle of what the webcam sees now, as a PNG file; undefined before it sees something. */
export async function captureFrame(video: HTMLVideoElement): Promise<Blob | undefined> {
  const { videoWidth: width, videoHeight: height } = video;
  const side = Math.min(width, height);
  if (side === 0) return undefined;
  const canvas = document.createElement('canvas');
  canvas.width = FRAME_PX;
  canvas.height = FRAME_PX;
  const context = canvas.getContext('2d');
  context?.drawImage(video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, FRAME_PX, FRAME_PX);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/png'));
}
