/** @file What programs call the parts of a vision transformer. */

/** How a program calls the tensors, less what stands before all of them. Modules have `.weight` and `.bias` behind them. */
export interface VitNaming {
  readonly kind: 'timm' | 'vit' | 'dinov2' | 'clip';
  readonly patch: string;
  readonly positions: string;
  readonly classToken: string;
  /** Under one of these names, if there are any. */
  readonly registers: readonly string[];
  readonly preNorm?: string;
  /** What stands before the index of a block. */
  readonly blocks: string;
  readonly norm1: string;
  readonly attention: AttentionNames;
  readonly norm2: string;
  readonly dense: readonly [first: string, second: string];
  /** What the branches are multiplied by, where a network has it. */
  readonly scales: readonly [first: string, second: string];
  readonly norm: string;
  readonly head?: HeadNames;
}

/** Three matrices, or one of all three. */
export interface AttentionNames {
  readonly inputs:
    | { readonly fused: string }
    | { readonly query: string; readonly key: string; readonly value: string };
  readonly output: string;
}

/** Of SigLIP's attention with a learned query. */
export interface HeadNames {
  readonly query: string;
  readonly inputs:
    | { readonly fusedWeight: string; readonly fusedBias: string }
    | { readonly q: string; readonly kv: string };
  readonly output: string;
  readonly norm: string;
  readonly dense: readonly [first: string, second: string];
}

const SELF = 'attention.attention';

const VIT: VitNaming = {
  kind: 'vit',
  patch: 'embeddings.patch_embeddings.projection',
  positions: 'embeddings.position_embeddings',
  classToken: 'embeddings.cls_token',
  registers: ['embeddings.register_tokens'],
  blocks: 'encoder.layer.',
  norm1: 'layernorm_before',
  attention: {
    inputs: { query: `${SELF}.query`, key: `${SELF}.key`, value: `${SELF}.value` },
    output: 'attention.output.dense',
  },
  norm2: 'layernorm_after',
  dense: ['intermediate.dense', 'output.dense'],
  scales: ['layer_scale1.lambda1', 'layer_scale2.lambda1'],
  norm: 'layernorm',
};

export const VIT_NAMINGS: readonly VitNaming[] = [
  {
    kind: 'timm',
    patch: 'patch_embed.proj',
    positions: 'pos_embed',
    classToken: 'cls_token',
    registers: ['reg_token', 'register_tokens'],
    preNorm: 'norm_pre',
    blocks: 'blocks.',
    norm1: 'norm1',
    attention: { inputs: { fused: 'attn.qkv' }, output: 'attn.proj' },
    norm2: 'norm2',
    dense: ['mlp.fc1', 'mlp.fc2'],
    scales: ['ls1.gamma', 'ls2.gamma'],
    norm: 'norm',
    head: {
      query: 'attn_pool.latent',
      inputs: { q: 'attn_pool.q', kv: 'attn_pool.kv' },
      output: 'attn_pool.proj',
      norm: 'attn_pool.norm',
      dense: ['attn_pool.mlp.fc1', 'attn_pool.mlp.fc2'],
    },
  },
  VIT,
  { ...VIT, kind: 'dinov2', norm1: 'norm1', norm2: 'norm2', dense: ['mlp.fc1', 'mlp.fc2'] },
  {
    kind: 'clip',
    patch: 'embeddings.patch_embedding',
    positions: 'embeddings.position_embedding.weight',
    classToken: 'embeddings.class_embedding',
    registers: [],
    preNorm: 'pre_layrnorm',
    blocks: 'encoder.layers.',
    norm1: 'layer_norm1',
    attention: {
      inputs: { query: 'self_attn.q_proj', key: 'self_attn.k_proj', value: 'self_attn.v_proj' },
      output: 'self_attn.out_proj',
    },
    norm2: 'layer_norm2',
    dense: ['mlp.fc1', 'mlp.fc2'],
    scales: ['layer_scale1', 'layer_scale2'],
    norm: 'post_layernorm',
    head: {
      query: 'head.probe',
      inputs: { fusedWeight: 'head.attention.in_proj_weight', fusedBias: 'head.attention.in_proj_bias' },
      output: 'head.attention.out_proj',
      norm: 'head.layernorm',
      dense: ['head.mlp.fc1', 'head.mlp.fc2'],
    },
  },
];
