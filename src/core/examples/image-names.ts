/** @file Which names are those of image files. */

/** Files of these endings are taken for images; of all others, the bytes tell. */
const IMAGE_NAME = /[^/\\]\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif)$/i;

/** Whether the name ends like an image that can be decoded: jpg, jpeg, jpe, jfif, png, webp, gif, tif, tiff, avif. */
export function isImageName(name: string): boolean {
  return IMAGE_NAME.test(name);
}
