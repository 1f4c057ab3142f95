#include "textflag.h"

// BLAKE3 of 16 inputs side by side: lane i of every register belongs to input i. Z0 to Z15 are the state,
// Z16 to Z31 the words of the message.

DATA iv<>+0(SB)/4, $0x6A09E667
DATA iv<>+4(SB)/4, $0xBB67AE85
DATA iv<>+8(SB)/4, $0x3C6EF372
DATA iv<>+12(SB)/4, $0xA54FF53A
DATA iv<>+16(SB)/4, $0x510E527F
DATA iv<>+20(SB)/4, $0x9B05688C
DATA iv<>+24(SB)/4, $0x1F83D9AB
DATA iv<>+28(SB)/4, $0x5BE0CD19
GLOBL iv<>(SB), RODATA|NOPTR, $32

// The numbers of the lanes.
DATA numbers<>+0(SB)/4, $0
DATA numbers<>+4(SB)/4, $1
DATA numbers<>+8(SB)/4, $2
DATA numbers<>+12(SB)/4, $3
DATA numbers<>+16(SB)/4, $4
DATA numbers<>+20(SB)/4, $5
DATA numbers<>+24(SB)/4, $6
DATA numbers<>+28(SB)/4, $7
DATA numbers<>+32(SB)/4, $8
DATA numbers<>+36(SB)/4, $9
DATA numbers<>+40(SB)/4, $10
DATA numbers<>+44(SB)/4, $11
DATA numbers<>+48(SB)/4, $12
DATA numbers<>+52(SB)/4, $13
DATA numbers<>+56(SB)/4, $14
DATA numbers<>+60(SB)/4, $15
GLOBL numbers<>(SB), RODATA|NOPTR, $64

// Of two registers side by side, every second lane.
DATA evens<>+0(SB)/4, $0
DATA evens<>+4(SB)/4, $2
DATA evens<>+8(SB)/4, $4
DATA evens<>+12(SB)/4, $6
DATA evens<>+16(SB)/4, $8
DATA evens<>+20(SB)/4, $10
DATA evens<>+24(SB)/4, $12
DATA evens<>+28(SB)/4, $14
DATA evens<>+32(SB)/4, $16
DATA evens<>+36(SB)/4, $18
DATA evens<>+40(SB)/4, $20
DATA evens<>+44(SB)/4, $22
DATA evens<>+48(SB)/4, $24
DATA evens<>+52(SB)/4, $26
DATA evens<>+56(SB)/4, $28
DATA evens<>+60(SB)/4, $30
GLOBL evens<>(SB), RODATA|NOPTR, $64

DATA odds<>+0(SB)/4, $1
DATA odds<>+4(SB)/4, $3
DATA odds<>+8(SB)/4, $5
DATA odds<>+12(SB)/4, $7
DATA odds<>+16(SB)/4, $9
DATA odds<>+20(SB)/4, $11
DATA odds<>+24(SB)/4, $13
DATA odds<>+28(SB)/4, $15
DATA odds<>+32(SB)/4, $17
DATA odds<>+36(SB)/4, $19
DATA odds<>+40(SB)/4, $21
DATA odds<>+44(SB)/4, $23
DATA odds<>+48(SB)/4, $25
DATA odds<>+52(SB)/4, $27
DATA odds<>+56(SB)/4, $29
DATA odds<>+60(SB)/4, $31
GLOBL odds<>(SB), RODATA|NOPTR, $64

// MIX is half of four quarter rounds: a += b + m; d = (d ^ a) >>> r; c += d; b = (b ^ c) >>> s.
#define MIX(a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3, m0, m1, m2, m3, r, s) \
	VPADDD m0, a0, a0; VPADDD m1, a1, a1; VPADDD m2, a2, a2; VPADDD m3, a3, a3; \
	VPADDD b0, a0, a0; VPADDD b1, a1, a1; VPADDD b2, a2, a2; VPADDD b3, a3, a3; \
	VPXORD a0, d0, d0; VPXORD a1, d1, d1; VPXORD a2, d2, d2; VPXORD a3, d3, d3; \
	VPRORD $r, d0, d0; VPRORD $r, d1, d1; VPRORD $r, d2, d2; VPRORD $r, d3, d3; \
	VPADDD d0, c0, c0; VPADDD d1, c1, c1; VPADDD d2, c2, c2; VPADDD d3, c3, c3; \
	VPXORD c0, b0, b0; VPXORD c1, b1, b1; VPXORD c2, b2, b2; VPXORD c3, b3, b3; \
	VPRORD $s, b0, b0; VPRORD $s, b1, b1; VPRORD $s, b2, b2; VPRORD $s, b3, b3

// ROUND mixes columns, then diagonals, with the message in the order given.
#define ROUND(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) \
	MIX(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15, m0, m2, m4, m6, 16, 12); \
	MIX(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15, m1, m3, m5, m7, 8, 7); \
	MIX(Z0, Z1, Z2, Z3, Z5, Z6, Z7, Z4, Z10, Z11, Z8, Z9, Z15, Z12, Z13, Z14, m8, m10, m12, m14, 16, 12); \
	MIX(Z0, Z1, Z2, Z3, Z5, Z6, Z7, Z4, Z10, Z11, Z8, Z9, Z15, Z12, Z13, Z14, m9, m11, m13, m15, 8, 7)

// COMPRESS is the compression function but for the beginning of the state: seven rounds, and the next chaining values in Z0 to Z7.
#define COMPRESS \
	ROUND(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31); \
	ROUND(Z18, Z22, Z19, Z26, Z23, Z16, Z20, Z29, Z17, Z27, Z28, Z21, Z25, Z30, Z31, Z24); \
	ROUND(Z19, Z20, Z26, Z28, Z29, Z18, Z23, Z30, Z22, Z21, Z25, Z16, Z27, Z31, Z24, Z17); \
	ROUND(Z26, Z23, Z28, Z25, Z30, Z19, Z29, Z31, Z20, Z16, Z27, Z18, Z21, Z24, Z17, Z22); \
	ROUND(Z28, Z29, Z25, Z27, Z31, Z26, Z30, Z24, Z23, Z18, Z21, Z19, Z16, Z17, Z22, Z20); \
	ROUND(Z25, Z30, Z27, Z21, Z24, Z28, Z31, Z17, Z29, Z19, Z16, Z26, Z18, Z22, Z20, Z23); \
	ROUND(Z27, Z31, Z21, Z16, Z17, Z25, Z24, Z22, Z30, Z26, Z18, Z28, Z19, Z20, Z23, Z29); \
	VPXORD Z8, Z0, Z0; \
	VPXORD Z9, Z1, Z1; \
	VPXORD Z10, Z2, Z2; \
	VPXORD Z11, Z3, Z3; \
	VPXORD Z12, Z4, Z4; \
	VPXORD Z13, Z5, Z5; \
	VPXORD Z14, Z6, Z6; \
	VPXORD Z15, Z7, Z7

// CONSTANTS are the third quarter of the state.
#define CONSTANTS \
	VPBROADCASTD iv<>+0(SB), Z8; \
	VPBROADCASTD iv<>+4(SB), Z9; \
	VPBROADCASTD iv<>+8(SB), Z10; \
	VPBROADCASTD iv<>+12(SB), Z11

// FULL is the length of a whole block.
#define FULL \
	MOVL $64, AX; \
	VPBROADCASTD AX, Z14

// KEY begins with the chaining value of all beginnings.
#define KEY \
	VPBROADCASTD iv<>+0(SB), Z0; \
	VPBROADCASTD iv<>+4(SB), Z1; \
	VPBROADCASTD iv<>+8(SB), Z2; \
	VPBROADCASTD iv<>+12(SB), Z3; \
	VPBROADCASTD iv<>+16(SB), Z4; \
	VPBROADCASTD iv<>+20(SB), Z5; \
	VPBROADCASTD iv<>+24(SB), Z6; \
	VPBROADCASTD iv<>+28(SB), Z7

// ROWS reads 16 bytes of each of the four inputs a to a+12, which are 1 KiB apart: with all lanes of r, inputs a, a+4, a+8 and a+12.
#define ROWS(at, a, r) \
	VBROADCASTI32X4 (at+1024*a)(SI), r; \
	VINSERTI32X4 $1, (at+1024*a+4096)(SI), r, r; \
	VINSERTI32X4 $2, (at+1024*a+8192)(SI), r, r; \
	VINSERTI32X4 $3, (at+1024*a+12288)(SI), r, r

// WORDS reads four words of the message of all inputs.
#define WORDS(at, m0, m1, m2, m3) \
	ROWS(at, 0, Z8); \
	ROWS(at, 1, Z9); \
	ROWS(at, 2, Z10); \
	ROWS(at, 3, Z11); \
	VPUNPCKLDQ Z9, Z8, Z12; \
	VPUNPCKHDQ Z9, Z8, Z13; \
	VPUNPCKLDQ Z11, Z10, Z14; \
	VPUNPCKHDQ Z11, Z10, Z15; \
	VPUNPCKLQDQ Z14, Z12, m0; \
	VPUNPCKHQDQ Z14, Z12, m1; \
	VPUNPCKLQDQ Z15, Z13, m2; \
	VPUNPCKHQDQ Z15, Z13, m3

#define STORE \
	VMOVDQU32 Z0, 0(DI); \
	VMOVDQU32 Z1, 64(DI); \
	VMOVDQU32 Z2, 128(DI); \
	VMOVDQU32 Z3, 192(DI); \
	VMOVDQU32 Z4, 256(DI); \
	VMOVDQU32 Z5, 320(DI); \
	VMOVDQU32 Z6, 384(DI); \
	VMOVDQU32 Z7, 448(DI)

// func wideChunks(p *[16 << 10]byte, chunk uint64, out *Group)
TEXT ·wideChunks(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ chunk+8(FP), CX
	MOVQ out+16(FP), DI
	MOVQ CX, DX
	SHRQ $32, DX
	MOVL $1, BX // the first block of a chunk
	MOVL $16, R8
	KEY

block:
	CMPL R8, $1
	JNE  message
	ORL  $2, BX // the last block

message:
	WORDS(0, Z16, Z17, Z18, Z19)
	WORDS(16, Z20, Z21, Z22, Z23)
	WORDS(32, Z24, Z25, Z26, Z27)
	WORDS(48, Z28, Z29, Z30, Z31)
	CONSTANTS
	FULL
	VPBROADCASTD BX, Z15
	VPBROADCASTD CX, Z12
	VPADDD numbers<>(SB), Z12, Z12
	VPBROADCASTD DX, Z13
	COMPRESS
	XORL BX, BX
	ADDQ $64, SI
	DECL R8
	JNZ  block
	STORE
	VZEROUPPER
	RET

// func wideMixed(p *[16 << 10]byte, in *inputs, out *Group)
TEXT ·wideMixed(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ in+8(FP), CX
	MOVQ out+16(FP), DI
	MOVL 256(CX), R9 // the most blocks
	MOVL $1, BX      // the first block of a chunk
	MOVL $0, R8
	KEY

mixed:
	INCL R8
	WORDS(0, Z16, Z17, Z18, Z19)
	WORDS(16, Z20, Z21, Z22, Z23)
	WORDS(32, Z24, Z25, Z26, Z27)
	WORDS(48, Z28, Z29, Z30, Z31)
	VPBROADCASTD R8, Z8
	VPCMPEQD 64(CX), Z8, K1 // whose last block it is
	CONSTANTS
	FULL
	VMOVDQU32 128(CX), K1, Z14
	VPBROADCASTD BX, Z15
	VPORD 192(CX), Z15, K1, Z15
	VMOVDQU32 (CX), Z12
	VPBROADCASTD 260(CX), Z13
	COMPRESS
	KORTESTW K1, K1
	JZ more
	VMOVDQU32 Z0, K1, (DI)
	VMOVDQU32 Z1, K1, 64(DI)
	VMOVDQU32 Z2, K1, 128(DI)
	VMOVDQU32 Z3, K1, 192(DI)
	VMOVDQU32 Z4, K1, 256(DI)
	VMOVDQU32 Z5, K1, 320(DI)
	VMOVDQU32 Z6, K1, 384(DI)
	VMOVDQU32 Z7, K1, 448(DI)

more:
	XORL BX, BX
	ADDQ $64, SI
	CMPL R8, R9
	JB   mixed
	VZEROUPPER
	RET

// func wideParents(in *[2]Group, flags *Words, out *Group)
TEXT ·wideParents(SB), NOSPLIT, $0-24
	MOVQ in+0(FP), SI
	MOVQ flags+8(FP), BX
	MOVQ out+16(FP), DI
	VMOVDQU32 evens<>(SB), Z8
	VMOVDQU32 odds<>(SB), Z9
	VMOVDQU32 0(SI), Z16
	VMOVDQA32 Z16, Z24
	VPERMT2D 512(SI), Z8, Z16
	VPERMT2D 512(SI), Z9, Z24
	VMOVDQU32 64(SI), Z17
	VMOVDQA32 Z17, Z25
	VPERMT2D 576(SI), Z8, Z17
	VPERMT2D 576(SI), Z9, Z25
	VMOVDQU32 128(SI), Z18
	VMOVDQA32 Z18, Z26
	VPERMT2D 640(SI), Z8, Z18
	VPERMT2D 640(SI), Z9, Z26
	VMOVDQU32 192(SI), Z19
	VMOVDQA32 Z19, Z27
	VPERMT2D 704(SI), Z8, Z19
	VPERMT2D 704(SI), Z9, Z27
	VMOVDQU32 256(SI), Z20
	VMOVDQA32 Z20, Z28
	VPERMT2D 768(SI), Z8, Z20
	VPERMT2D 768(SI), Z9, Z28
	VMOVDQU32 320(SI), Z21
	VMOVDQA32 Z21, Z29
	VPERMT2D 832(SI), Z8, Z21
	VPERMT2D 832(SI), Z9, Z29
	VMOVDQU32 384(SI), Z22
	VMOVDQA32 Z22, Z30
	VPERMT2D 896(SI), Z8, Z22
	VPERMT2D 896(SI), Z9, Z30
	VMOVDQU32 448(SI), Z23
	VMOVDQA32 Z23, Z31
	VPERMT2D 960(SI), Z8, Z23
	VPERMT2D 960(SI), Z9, Z31
	KEY
	CONSTANTS
	FULL
	VMOVDQU32 (BX), Z15
	VPXORD Z12, Z12, Z12
	VPXORD Z13, Z13, Z13
	COMPRESS
	STORE
	VZEROUPPER
	RET
