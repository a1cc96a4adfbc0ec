/** @file What texts of two classes speak of, for tests: animals, and parts of cars. */

export const ANIMALS = ['cat', 'dog', 'horse', 'cow', 'goose', 'goat', 'pig', 'hen', 'sheep', 'mouse'];
/** As many. */
export const PARTS = 'engine gearbox brake tyre clutch bumper battery exhaust wiper axle'.split(' ');
