/** @file What `graft report` wrote, as plain data. */

/** What was written. */
export interface ReportResult {
  /** `report.html`; undefined where a file of that name is not Graft's. */
  readonly html?: string | undefined;
  /** `README.md`, likewise. */
  readonly card?: string | undefined;
  /** Files that are not Graft's, which were left as they are. */
  readonly kept: readonly string[];
  readonly bytes: number;
}
