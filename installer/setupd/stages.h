// SPDX-License-Identifier: MPL-2.0
/*
 * The functions behind the rows of stages.c, by file.
 */
#pragma once

#include "installer/setupd/stage.h"

/* stage_files.c */
int prepare_check(struct stage_run *run, struct tt_err **err);
int node_config_check(struct stage_run *run, struct tt_err **err);
int node_config_run(struct stage_run *run, struct tt_err **err);
int tools_check(struct stage_run *run, struct tt_err **err);
int tools_run(struct stage_run *run, struct tt_err **err);
int os_latest_check(struct stage_run *run, struct tt_err **err);
int os_latest_run(struct stage_run *run, struct tt_err **err);

/* stage_firewall.c */
int firewall_check(struct stage_run *run, struct tt_err **err);
int firewall_run(struct stage_run *run, struct tt_err **err);

/* stage_net.c */
int network_check(struct stage_run *run, struct tt_err **err);
int ssh_check(struct stage_run *run, struct tt_err **err);
int clock_check(struct stage_run *run, struct tt_err **err);
int dns_check(struct stage_run *run, struct tt_err **err);
