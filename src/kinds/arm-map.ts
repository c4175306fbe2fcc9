// The arm-map: what a CRD's OpenAPI schema cannot say about its kind, in one annotation of the CRD (its text: write-arm-map.ts).
// Made by src/generate, read by everything that turns an object into ARM requests and back. Start at ArmMap.
//
// Paths are CRD paths below `spec` (or `status`), segments joined by '/': member names as they are, '[]' for an array's items,
// '{}' for a map's values; '' is `spec` (or `status`) itself. Body paths are the same grammar on the ARM side, relative to the body
// object that stands for the CRD object holding the member.

export const ARM_MAP_ANNOTATION = 'serviceoperator.azure.com/arm-map';

/** Members that ARM has at the top of a resource, beside `properties`. Source: the common types of its published API descriptions. */
export const TOP_MEMBERS: ReadonlySet<string> = new Set(
  'eTag etag extendedLocation id identity kind location managedBy name plan sku systemData tags type zones'.split(' '),
);

/** Holds for every API version of the kind unless `in` names the API versions it holds for. */
interface Scoped {
  readonly in?: readonly string[];
}

/** One exception to "a member has the same name and place in the body as in the CRD". Rules are independent of their order. */
export interface FieldRule extends Scoped {
  /** CRD path the rule is about. */
  readonly at: string;
  /**
   * The object at `at` is flattened: its members live below this member of the body object, except those in `keep`
   * (absent: TOP_MEMBERS). Root of most kinds: {at:'', under:'properties'}.
   */
  readonly under?: string;
  readonly keep?: readonly string[];
  /** The member at `at` stands at this body path instead (relative to the body object of its holder, before any `under`). */
  readonly to?: string;
  /** Reference object(s) to a resource: becomes an ARM id; an array or map of them likewise. 'wellKnown': may give `wellKnownName`, sent as is. */
  readonly ref?: true | 'wellKnown';
  /** {name,key} of a Secret becomes its value; 'map': {name} becomes an object of all keys. */
  readonly secret?: true | 'map';
  /** {name,key} twin of a plain field: of a ConfigMap, or ('secret') of a Secret. Used when the plain field is unset. */
  readonly from?: 'configMap' | 'secret';
  /** Reference twin beside a plain id string (`to` is the string's place): used when the string is unset. */
  readonly orRef?: true;
  /** userAssignedIdentities: list of {reference} becomes the map {"<id>": {}}. */
  readonly identities?: true;
  /**
   * The object at `at` holds one member per variant: the first present is inlined (into `to` when given, else in place).
   * `by`: discriminator member in the body. `is`: CRD member name → discriminator value.
   */
  readonly oneOf?: { readonly by: string; readonly is: Readonly<Record<string, string>> };
  /** The map at `at` holds the open members of its holder: inlined into the holder's body object. */
  readonly inline?: true;
  /** Status: a list of more items than this is left out, so that the object stays small. */
  readonly most?: number;
  /** When the holder is sent and this member is unset, this empty value is sent ({} or []), as the original does. */
  readonly empty?: readonly never[] | Readonly<Record<string, never>>;
}

/** Where an exported value comes from. `at` is a body path with optional selectors: 'keys/[keyName=key1]/value', 'kubeconfigs/0/value'. */
export type ExportSource = Scoped &
  (
    | { readonly call: string; readonly at: string; readonly decode?: 'base64'; readonly optional?: true }
    /** CRD path below status; numbers are written in decimal. */
    | { readonly status: string }
    /** The subscription of the resource's id. */
    | { readonly id: 'subscription' }
  );

/**
 * A request that exports need: POST `<resource id>/<action>`, or with `of` a GET of the resource whose id stands at that status path
 * (nothing is asked for while the status shows none). `paged`: follow nextLink and join `value`. `waits`: the action is long-running.
 */
export type ExportCall = {
  readonly api: string;
  readonly paged?: true;
  readonly waits?: true;
} & ({ readonly action: string } | { readonly of: string });

/** Names of writable members of a carried child: 1 = as is, an object = its members, a one-element array = for each item. */
export type Shape = { readonly [member: string]: 1 | Shape | readonly [Shape] };

export interface ArmMap {
  readonly kind: string;
  /** The CRD's storage version: the only one the operator reads and writes. */
  readonly storage: string;
  /** ARM type with the letter case of its URLs, for example Microsoft.Storage/storageAccounts; absent: the kind does not live behind ARM. */
  readonly type?: string;
  /**
   * Of a kind that does not live behind ARM: its module in src/backends and, where it has one, the kind above it (its owner, or an
   * owner's owner) whose status.fullyQualifiedDomainName is the server to connect to.
   */
  readonly backend?: { readonly name: string; readonly server?: { readonly group: string; readonly kind: string } };
  /** tenant: /providers/…; subscription: /subscriptions/s/…; resourceGroup: below an owner's id; extension: below any resource's id. */
  readonly scope?: 'tenant' | 'subscription' | 'resourceGroup' | 'extension';
  /** Kind that must own it; 'any': given in the object; absent: it has no owner. */
  readonly owner?: { readonly group: string; readonly kind: string } | 'any';
  /** Last segment of the id when the kind has no azureName. */
  readonly fixedName?: string;
  /** Default of azureName when it is not a copy of metadata.name; 'none': the kind has no azureName. */
  readonly nameDefault?: 'uuid' | 'none';
  /** Verbs of the type when they are not GET, PUT and DELETE. */
  readonly verbs?: readonly ('GET' | 'HEAD' | 'PUT' | 'DELETE')[];
  /** User-facing CRD version → ARM api-version. */
  readonly versions: Readonly<Record<string, string>>;
  /** CRD versions whose fixed name differs. */
  readonly fixedNames?: Readonly<Record<string, string>>;
  readonly spec: readonly FieldRule[];
  /** Structural rules for the answer (under, to, oneOf, inline). The names themselves come from the status schema. */
  readonly status: readonly FieldRule[];
  readonly calls?: Readonly<Record<string, ExportCall>>;
  readonly secrets?: Readonly<Record<string, ExportSource | readonly ExportSource[]>>;
  readonly configMaps?: Readonly<Record<string, ExportSource | readonly ExportSource[]>>;
  /** Children that live inside the parent's body: read before each PUT and put into it, so that a PUT never deletes them. */
  readonly carry?: {
    readonly at: string;
    readonly how: 'replace' | 'merge';
    readonly members: Readonly<Record<string, Shape>>;
  };
  /** Before a PUT begins, this status path of the object itself or of its owner must be absent or one of `unless` (or not one of `when`), without regard to case. */
  readonly blockedBy?: readonly {
    readonly of: 'self' | 'owner';
    readonly at: string;
    readonly unless?: readonly string[];
    readonly when?: readonly string[];
  }[];
  /** Overrides of the error table; the first row that matches wins; `message` is a case-insensitive regular expression, of a list all must match. */
  readonly errors?: readonly {
    readonly code?: string;
    readonly message?: string | readonly string[];
    readonly retry: 'soon' | 'slow' | 'verySlow' | 'never';
  }[];
  /** Name of the module in src/extensions that has a say for this kind. */
  readonly quirk?: string;
}
