export { type DirectoryOptions, openDirectory } from "./directory/open-directory.ts";
export { errorCodes, RegistryError, type RegistryErrorCode } from "./error.ts";
export type { ListenOptions, RunningServer } from "./listen.ts";
export { MemoryStorage } from "./memory-storage.ts";
export { createRegistry, type Registry, type RegistryEvent, type RegistryOptions } from "./registry.ts";
export type { SparsePolicy } from "./server/settings.ts";
export {
  type BlobStorage,
  type BlobUpload,
  type ByteRange,
  type Condition,
  NameReserved,
  type RepositoryStorage,
  type Storage,
  type StoredManifest,
  UploadTooLong,
} from "./storage.ts";
