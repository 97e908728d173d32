/** mediaTypes are those that this library looks into; everything else is an opaque blob. */
export const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  config: "application/vnd.oci.image.config.v1+json",
  empty: "application/vnd.oci.empty.v1+json",
  octetStream: "application/octet-stream",
} as const;

const manifestTypes: ReadonlySet<string> = new Set([mediaTypes.manifest, mediaTypes.dockerManifest]);
const indexTypes: ReadonlySet<string> = new Set([mediaTypes.index, mediaTypes.dockerIndex]);

/** isManifestType tells whether content of this media type is a manifest or an index: it has successors and may be tagged. */
export function isManifestType(mediaType: string): boolean {
  return manifestTypes.has(mediaType) || indexTypes.has(mediaType);
}

/** isIndexType tells whether content of this media type is an index of manifests. */
export function isIndexType(mediaType: string): boolean {
  return indexTypes.has(mediaType);
}
