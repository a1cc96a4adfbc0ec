/** @file The whole recipe, for whoever wants it, and what was changed of it. */

import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FormField } from '../../engine/run-state.ts';
import { attempt, engine } from '../store.ts';

/** What a person changed, also while another page is open. */
export const choice = signal<Readonly<Record<string, string>>>({});

export function RecipeFields({ command }: { readonly command: string }): JSX.Element {
  const [fields, setFields] = useState<readonly FormField[]>();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    if (isOpen && fields === undefined) void attempt(() => engine.form()).then(setFields);
  }, [isOpen]);
  const changed = Object.values(choice.value).filter((value) => value !== '').length;
  const groups = [...new Set((fields ?? []).map(({ group }) => group))];
  return (
    <details class="more" onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>More{changed === 0 ? '' : ` (${changed} changed)`}</summary>
      <p class="soft">
        The same from the command line: <code class="command">{command}</code>
      </p>
      {changed === 0 ? null : (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            choice.value = {};
          }}
        >
          Back to the defaults
        </button>
      )}
      {groups.map((group) => (
        <fieldset key={group} class="fields">
          <legend>{group}</legend>
          {fields!
            .filter((field) => field.group === group)
            .map((field) => (
              <Field key={field.key} field={field} />
            ))}
        </fieldset>
      ))}
    </details>
  );
}

function Field({ field }: { readonly field: FormField }): JSX.Element {
  const { key, label, description, otherwise, choices, isNumber } = field;
  const value = choice.value[key] ?? '';
  const set = (next: string): void => {
    choice.value = { ...choice.value, [key]: next };
  };
  const id = `field-${key}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {choices === null ? (
        <input
          id={id}
          value={value}
          placeholder={otherwise}
          inputMode={isNumber ? 'decimal' : 'text'}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={`${id}-what`}
          onChange={({ currentTarget }) => set(currentTarget.value)}
        />
      ) : (
        <select
          id={id}
          value={value}
          aria-describedby={`${id}-what`}
          onChange={({ currentTarget }) => set(currentTarget.value)}
        >
          <option value="">{otherwise}</option>
          {choices
            .filter((name) => name !== otherwise)
            .map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
        </select>
      )}
      <span id={`${id}-what`} class="soft">
        {description}
      </span>
    </div>
  );
}
