/**
 * @file The layers that a file of Keras or TensorFlow.js says it is made of: its configuration, in the words of Keras 2 or
 * Keras 3, with the models inside the model spread out.
 */

/** What a layer was made with, under Keras' keys. */
export type LayerSettings = Readonly<Record<string, unknown>>;

/** One application of a layer, or of an operation as `x / 255`. */
export interface ConfiguredLayer {
  readonly className: string;
  readonly name: string;
  readonly settings: LayerSettings;
  /** Of its group in Keras 3's weights: `layers/functional/layers/conv2d_1`. */
  readonly path: string;
  /** Names of the models that it lies in, the outermost first. */
  readonly within: readonly string[];
  /** What it was applied to; empty for where images come in. */
  readonly inputs: readonly ConfiguredLayer[];
  /** What else it was applied to, by keyword, or by position as `1`: numbers, mostly. */
  readonly constants: ReadonlyMap<string, unknown>;
}

export interface ModelConfig {
  /** Whatever a layer was applied to stands before it. */
  readonly layers: readonly ConfiguredLayer[];
  /** Those of them that give what the model gives. */
  readonly outputs: readonly ConfiguredLayer[];
}

const MAX_LAYERS = 20_000;
const MAX_DEPTH = 16;
/** Keras lists layers in the order in which they run; a list in another order takes more than one pass. */
const MAX_PASSES = 50;

/**
 * Reads a configuration: what Keras writes as `config.json` and `model_config`, what TensorFlow.js has as
 * `modelTopology`.
 *
 * @returns Undefined where it is of no layers that are known to be connected: of a subclassed model, or damaged.
 */
export function parseModelConfig(json: unknown): ModelConfig | undefined {
  const model = property(json, 'model_config') ?? json;
  const layers: ConfiguredLayer[] = [];
  const progress = { layers, applications: 0 };
  const outputs = readNetwork(model, { progress, path: '', within: [], inputs: undefined });
  return outputs === undefined ? undefined : { layers, outputs };
}

/** As {@link parseModelConfig}, of JSON; undefined where it is none. */
export function parseConfigText(text: string): ModelConfig | undefined {
  try {
    return parseModelConfig(JSON.parse(text));
  } catch {
    // The weights are whole without it.
    return undefined;
  }
}

/** Keras' rule for a layer's group in a weights file: `Conv2D` to `conv2d`. */
export function kerasGroupName(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

interface Place {
  /** Across models. */
  readonly progress: { readonly layers: ConfiguredLayer[]; applications: number };
  /** With a slash at its end. */
  readonly path: string;
  readonly within: readonly string[];
  /** Of a model inside a model: what it was applied to. */
  readonly inputs: readonly ConfiguredLayer[] | undefined;
}

/** One layer as a list of a configuration has it. */
interface Entry {
  readonly className: string;
  readonly name: string;
  readonly config: unknown;
  readonly path: string;
  readonly nodes: readonly Application[];
}

interface Application {
  readonly sources: readonly Source[];
  readonly constants: ReadonlyMap<string, unknown>;
}

interface Source {
  readonly layer: string;
  readonly node: number;
}

/** The outputs of a Sequential or functional model. */
function readNetwork(model: unknown, place: Place): readonly ConfiguredLayer[] | undefined {
  const config = property(model, 'config');
  // Keras 2.1 wrote the list of a Sequential model alone.
  const list = Array.isArray(config) ? config : property(config, 'layers');
  if (!Array.isArray(list) || list.length === 0 || place.within.length > MAX_DEPTH) return undefined;
  const entries = readEntries(list, place.path);
  if (entries === undefined) return undefined;
  const isSequential = property(model, 'class_name') === 'Sequential' || Array.isArray(config);
  return isSequential ? readSequential(entries, place) : readFunctional(entries, config, place);
}

function readEntries(list: readonly unknown[], path: string): Entry[] | undefined {
  const used = new Map<string, number>();
  const names = new Set(list.map((entry) => nameOf(entry)));
  const entries: Entry[] = [];
  for (const entry of list) {
    const className = property(entry, 'class_name');
    const name = nameOf(entry);
    if (typeof className !== 'string' || typeof name !== 'string') return undefined;
    const stem = kerasGroupName(className);
    const count = used.get(stem) ?? 0;
    used.set(stem, count + 1);
    const nodes = property(entry, 'inbound_nodes');
    entries.push({
      className,
      name,
      config: property(entry, 'config'),
      path: `${path}layers/${count === 0 ? stem : `${stem}_${count}`}`,
      nodes: Array.isArray(nodes) ? nodes.map((node) => readApplication(node, names)) : [],
    });
  }
  return entries;
}

function nameOf(entry: unknown): unknown {
  return property(property(entry, 'config'), 'name') ?? property(entry, 'name');
}

/** Layers one after the other. */
function readSequential(entries: readonly Entry[], place: Place): readonly ConfiguredLayer[] | undefined {
  let outputs = place.inputs;
  const [first] = entries;
  if (outputs === undefined && first?.className !== 'InputLayer') {
    // The first layer, or that of the first model inside, tells what comes in.
    const settings = { batch_shape: shapeInside(first, MAX_DEPTH) ?? null };
    const input = { className: 'InputLayer', name: 'input', settings, path: '', within: place.within };
    outputs = [{ ...input, inputs: [], constants: new Map() }];
    place.progress.layers.push(outputs[0]!);
  }
  for (const entry of entries) {
    if (entry.className === 'InputLayer' && outputs !== undefined) continue;
    outputs = apply(entry, outputs ?? [], new Map(), place);
    if (outputs === undefined) return undefined;
  }
  return outputs;
}

/** The `batch_shape` that an entry, or the first one inside it, was made for. */
function shapeInside(entry: unknown, depth: number): unknown {
  const config = property(entry, 'config');
  const inside = Array.isArray(config) ? config : property(config, 'layers');
  return (
    property(config, 'batch_shape') ??
    property(config, 'batch_input_shape') ??
    (Array.isArray(inside) && depth > 0 ? shapeInside(inside[0], depth - 1) : undefined)
  );
}

function readFunctional(
  entries: readonly Entry[],
  config: unknown,
  place: Place,
): readonly ConfiguredLayer[] | undefined {
  const inputNames = endsOf(property(config, 'input_layers')).map(({ layer }) => layer);
  const made = new Map<string, Made>();
  let waiting = [...entries];
  for (let pass = 0; waiting.length > 0 && pass < MAX_PASSES; pass++) {
    const next: Entry[] = [];
    for (const entry of waiting) {
      const index = inputNames.indexOf(entry.name);
      if (entry.className === 'InputLayer') {
        const given = place.inputs?.[Math.max(index, 0)];
        const outputs = given === undefined ? apply(entry, [], new Map(), place) : [given];
        if (outputs === undefined) return undefined;
        made.set(entry.name, { applications: [outputs], isWhole: true });
        continue;
      }
      const own = made.get(entry.name) ?? { applications: [], isWhole: false };
      made.set(entry.name, own);
      // A layer may be applied to what another application of it gave.
      while (own.applications.length < entry.nodes.length) {
        const { sources, constants } = entry.nodes[own.applications.length]!;
        const inputs = sources.map((source) => find(source, made));
        if (inputs.includes(undefined)) break;
        const outputs = apply(entry, inputs as readonly ConfiguredLayer[], constants, place);
        if (outputs === undefined) return undefined;
        own.applications.push(outputs);
      }
      own.isWhole = own.applications.length === entry.nodes.length;
      if (!own.isWhole) next.push(entry);
    }
    waiting = next;
  }
  const outputs = endsOf(property(config, 'output_layers')).map((source) => find(source, made));
  return waiting.length > 0 || outputs.length === 0 || outputs.includes(undefined)
    ? undefined
    : (outputs as readonly ConfiguredLayer[]);
}

/** What the applications of a layer gave, as far as they are known. */
interface Made {
  readonly applications: (readonly ConfiguredLayer[])[];
  isWhole: boolean;
}

/** A model inside a model counts its own making as its first application: what is beyond the last means the last. */
function find({ layer, node }: Source, made: ReadonlyMap<string, Made>): ConfiguredLayer | undefined {
  const { applications = [], isWhole = false } = made.get(layer) ?? {};
  return applications[isWhole ? Math.min(node, applications.length - 1) : node]?.[0];
}

function apply(
  entry: Entry,
  inputs: readonly ConfiguredLayer[],
  constants: ReadonlyMap<string, unknown>,
  { progress, within }: Place,
): readonly ConfiguredLayer[] | undefined {
  const { className, name, config, path } = entry;
  // Models in models, each applied several times, would have no end.
  if (++progress.applications > MAX_LAYERS) return undefined;
  const isModel = Array.isArray(config) || Array.isArray(property(config, 'layers'));
  if (isModel) {
    const place = { progress, path: `${path}/`, within: [...within, name], inputs };
    return readNetwork({ class_name: className, config }, place);
  }
  const settings = typeof config === 'object' && config !== null ? (config as LayerSettings) : {};
  const layer = { className, name, settings, path, within, inputs, constants };
  progress.layers.push(layer);
  return [layer];
}

/** Of Keras 3: `{ args, kwargs }`; of Keras 2: `[[name, node, tensor, kwargs], ...]`, or one of these alone. */
function readApplication(node: unknown, names: ReadonlySet<unknown>): Application {
  const sources: Source[] = [];
  const constants = new Map<string, unknown>();
  if (!Array.isArray(node)) {
    const positional = property(node, 'args');
    const keywords = property(node, 'kwargs');
    for (const [index, value] of (Array.isArray(positional) ? positional : []).entries()) {
      if (!collectTensors(value, sources)) constants.set(`${index}`, plain(value));
    }
    for (const [key, value] of Object.entries(typeof keywords === 'object' && keywords ? keywords : {})) {
      if (!collectTensors(value, sources)) constants.set(key, plain(value));
    }
    return { sources, constants };
  }
  const places = typeof node[0] === 'string' ? [node] : node;
  for (const place of places) {
    if (!Array.isArray(place)) continue;
    const [layer, index, , keywords] = place;
    if (typeof layer === 'string' && layer !== '_CONSTANT_VALUE') {
      sources.push({ layer, node: typeof index === 'number' ? index : 0 });
    } else constants.set('0', place[2]);
    for (const [key, value] of Object.entries(
      typeof keywords === 'object' && keywords !== null ? keywords : {},
    )) {
      const isTensor = Array.isArray(value) && value.length === 3 && names.has(value[0]);
      if (isTensor) sources.push({ layer: value[0] as string, node: Number(value[1]) });
      else constants.set(key, value);
    }
  }
  return { sources, constants };
}

/** Whether there are tensors of other layers in an argument of Keras 3. */
function collectTensors(value: unknown, sources: Source[]): boolean {
  if (Array.isArray(value)) {
    return value.map((each) => !Array.isArray(each) && collectTensors(each, sources)).includes(true);
  }
  if (property(value, 'class_name') !== '__keras_tensor__') return false;
  const history = property(property(value, 'config'), 'keras_history');
  if (!Array.isArray(history) || typeof history[0] !== 'string') return false;
  sources.push({ layer: history[0], node: Number(history[1]) || 0 });
  return true;
}

/** A constant tensor as its numbers. */
function plain(value: unknown): unknown {
  const isTensor = property(value, 'class_name') === '__tensor__';
  return isTensor ? property(property(value, 'config'), 'value') : value;
}

/** `['a', 0, 0]`, or a list of these. */
function endsOf(ends: unknown): readonly Source[] {
  if (!Array.isArray(ends)) return [];
  const list: readonly unknown[] = typeof ends[0] === 'string' ? [ends] : ends;
  return list.flatMap((end) =>
    Array.isArray(end) && typeof end[0] === 'string' ? [{ layer: end[0], node: Number(end[1]) || 0 }] : [],
  );
}

function property(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined;
}
