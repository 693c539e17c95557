import { MemoryStore } from "../../src/store/memory-store.ts";
import { StoreError } from "../../src/store/store-error.ts";

/** Cannot commit while it is full. */
export class FullStore extends MemoryStore {
  isFull = false;

  override commit(): void {
    if (this.isFull) throw new StoreError("DISK_FULL", "the disk is full");
    super.commit();
  }
}
