//! The memory of a hook: blocks by powers of two, and one list of free blocks for each.
//!
//! A hook lives for one event, so nothing is gained by joining free blocks; a block costs a few instructions where the allocator of the
//! standard library takes hundreds, and it is 6 KB smaller. At most half of the memory is lost to rounding.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::UnsafeCell;
use std::ptr::{addr_of, null_mut};

const PAGE: usize = 1 << 16;
/// Blocks begin at multiples of this, small ones of their size.
const ALIGN: usize = 16;
const LEAST: usize = 8;

struct Heap {
    /// The first free block of each size 2^n; a free block holds the next one.
    free: [*mut u8; 32],
    /// Where memory that was never given begins and ends.
    next: usize,
    end: usize,
}

struct Blocks(UnsafeCell<Heap>);

// There are no threads in a hook.
unsafe impl Sync for Blocks {}

#[global_allocator]
static BLOCKS: Blocks = Blocks(UnsafeCell::new(Heap { free: [null_mut(); 32], next: 0, end: 0 }));

extern "C" {
    static __heap_base: u8;
}

fn size_of(layout: &Layout) -> usize {
    layout.size().max(LEAST).next_power_of_two()
}

impl Heap {
    /// Takes memory that was never given.
    unsafe fn extend(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.end == 0 {
            self.next = addr_of!(__heap_base) as usize;
            self.end = memory_size(0) * PAGE;
        }
        let Some(start) = self.next.checked_add(align - 1).map(|n| n & !(align - 1)) else { return null_mut() };
        let Some(end) = start.checked_add(size) else { return null_mut() };
        if end > self.end {
            let pages = (end - self.end).div_ceil(PAGE);
            if memory_grow(0, pages) == usize::MAX {
                return null_mut();
            }
            self.end += pages * PAGE;
        }
        self.next = end;
        start as *mut u8
    }
}

unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap = &mut *self.0.get();
        let size = size_of(&layout);
        if layout.align() > ALIGN {
            return heap.extend(size, layout.align());
        }
        let list = &mut heap.free[size.trailing_zeros() as usize & 31];
        if list.is_null() {
            return heap.extend(size, size.min(ALIGN));
        }
        let block = *list;
        *list = *block.cast::<*mut u8>();
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let heap = &mut *self.0.get();
        if layout.align() > ALIGN {
            return;
        }
        let list = &mut heap.free[size_of(&layout).trailing_zeros() as usize & 31];
        *block.cast::<*mut u8>() = *list;
        *list = block;
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let new = Layout::from_size_align_unchecked(size, layout.align());
        let (have, want) = (size_of(&layout), size_of(&new));
        if have == want {
            return block;
        }
        let heap = &mut *self.0.get();
        // The last one grows where it is.
        if want > have && block as usize + have == heap.next && !heap.extend(want - have, 1).is_null() {
            return block;
        }
        let moved = self.alloc(new);
        if !moved.is_null() {
            std::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
            self.dealloc(block, layout);
        }
        moved
    }
}
