/* gate_reads: what the facts of a recipient cost to read, for gate.c. */
#ifndef STERLING_BENCH_GATE_READS_H
#define STERLING_BENCH_GATE_READS_H

/* CPU µs for the consent and for the number of one recipient, from a SQLite store in a directory of its own with
 * `numbers` opt-ins; in stretches of `drawn` as the pump holds its reader. Ends the program where it fails. */
struct gate_reads {
    double consent_us, number_us;
};
struct gate_reads gate_reads_measure(long messages, long drawn, long numbers);

#endif
