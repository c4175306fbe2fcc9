// Every name that this operator reads or writes on objects. They are promises: users, GitOps tools and the original know them.

const PREFIX = 'serviceoperator.azure.com/';

export const FINALIZER = `${PREFIX}finalizer`;
export const FIELD_MANAGER = 'aso-controller';

export const RECONCILE_POLICY = `${PREFIX}reconcile-policy`;
export const CREDENTIAL_FROM = `${PREFIX}credential-from`;
export const RECONCILE_REQUESTED_AT = `${PREFIX}reconcile-requested-at`;
export const PROTECT = `${PREFIX}protect`;
export const SYNC_PERIOD = `${PREFIX}sync-period`;

export const RESOURCE_ID = `${PREFIX}resource-id`;
export const POLLER_RESUME_TOKEN = `${PREFIX}poller-resume-token`;
export const POLLER_RESUME_ID = `${PREFIX}poller-resume-id`;
export const LATEST_RECONCILED_GENERATION = `${PREFIX}latest-reconciled-generation`;
/** Tokens of operations that a quirk started: the sync of a backup instance, and an action whose answer is exported. */
export const BACKUP_SYNC_RESUME_TOKEN = `${PREFIX}bi-poller-resume-token`;
export const EXPORT_POLLER_RESUME_TOKEN = `${PREFIX}export-poller-resume-token`;
export const OPERATOR_NAMESPACE = `${PREFIX}operator-namespace`;
export const CHILD_RESOURCE_ID_OVERRIDE = `${PREFIX}child-resource-id-override`;
export const AZURE_NAME_FROM_CONFIG = `${PREFIX}azure-name-from-config`;
/** The version a user applied, as last seen in managedFields: the fallback when no entry owns spec fields any more. */
export const ORIGINAL_VERSION = `${PREFIX}original-version`;

export const OWNER_NAME_LABEL = `${PREFIX}owner-name`;
export const OWNER_GROUP_KIND_LABEL = `${PREFIX}owner-group-kind`;
export const OWNER_UID_LABEL = `${PREFIX}owner-uid`;
export const LAST_RECONCILED_VERSION_LABEL = `${PREFIX}last-reconciled-version`;
