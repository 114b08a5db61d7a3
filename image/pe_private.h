// SPDX-License-Identifier: MPL-2.0
/*
 * Places in a PE header, for reader and writer.
 */
#pragma once

#define PE_COFF_LEN      24 /* with the signature "PE\0\0" */
#define PE_COFF_MACHINE  4
#define PE_COFF_SECTIONS 6
#define PE_COFF_SYMBOLS  12 /* place and number of symbols */
#define PE_COFF_OPT_LEN  20
#define PE_X86_64        0x8664
#define PE_PLUS          0x20b

#define PE_OPT_IMAGE    56 /* SizeOfImage */
#define PE_OPT_HEADERS  60 /* SizeOfHeaders */
#define PE_OPT_CHECKSUM 64
#define PE_OPT_DIRS     108 /* number of data directories */
#define PE_OPT_CERTS    144 /* the fifth: file place and length of the certificates */
#define PE_OPT_MIN      152
#define PE_DIRS_MIN     5

#define PE_SECTION_LEN 40
#define PE_READ_DATA   0x40000040U /* initialized data, readable */

#define PE_CERT_HEAD     8
#define PE_CERT_ALIGN    8U
#define PE_CERT_REVISION 0x0200
#define PE_CERT_PKCS7    0x0002
