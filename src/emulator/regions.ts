// Azure's public regions: the name that requests carry and the one that some providers answer with.

const REGIONS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'Australia Central',
    'Australia Central 2',
    'Australia East',
    'Australia Southeast',
    'Austria East',
    'Belgium Central',
    'Brazil South',
    'Brazil Southeast',
    'Canada Central',
    'Canada East',
    'Central India',
    'Central US',
    'Central US EUAP',
    'Chile Central',
    'East Asia',
    'East US',
    'East US 2',
    'East US 2 EUAP',
    'France Central',
    'France South',
    'Germany North',
    'Germany West Central',
    'Indonesia Central',
    'Israel Central',
    'Italy North',
    'Japan East',
    'Japan West',
    'Korea Central',
    'Korea South',
    'Malaysia West',
    'Mexico Central',
    'New Zealand North',
    'North Central US',
    'North Europe',
    'Norway East',
    'Norway West',
    'Poland Central',
    'Qatar Central',
    'South Africa North',
    'South Africa West',
    'South Central US',
    'South India',
    'Southeast Asia',
    'Spain Central',
    'Sweden Central',
    'Switzerland North',
    'Switzerland West',
    'UAE Central',
    'UAE North',
    'UK South',
    'UK West',
    'West Central US',
    'West Europe',
    'West India',
    'West US',
    'West US 2',
    'West US 3',
  ].map((display) => [plainRegion(display), display]),
);

/** 'West US 2' and 'westus2' are the same place: the latter. */
export function plainRegion(location: string): string {
  return location.toLowerCase().replaceAll(' ', '');
}

/** 'westus2' as providers show it, 'West US 2'; a place that is not known stays as it is. */
export function displayRegion(location: string): string {
  return REGIONS[plainRegion(location)] ?? location;
}

export function isRegion(location: string): boolean {
  return Object.hasOwn(REGIONS, plainRegion(location));
}

export function regionNames(): readonly string[] {
  return Object.keys(REGIONS);
}
