/** @file Schema of a schedule as files hold it: `{ "type": "cosine", "warmup": { "epochs": 1 } }`. */

import * as z from 'zod';
import { SCHEDULE_SETTINGS } from './schedule-settings.ts';
import type { ScheduleSpec } from './schedule-spec.ts';

/** Which fields there are, and of what kind; whether their numbers are in range, `requireSchedule` tells. */
export const scheduleSchema: z.ZodType<ScheduleSpec> = z.lazy(() =>
  z.discriminatedUnion(
    'type',
    Object.entries(SCHEDULE_SETTINGS).map(([type, settings]) =>
      z.strictObject({
        type: z.literal(type),
        ...Object.fromEntries(
          Object.values(settings).map(({ field, value, required }) => [
            field,
            required ? value.schema : value.schema.optional(),
          ]),
        ),
      }),
    ) as never,
  ),
) as never;
