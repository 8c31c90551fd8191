# Alarm scores of R's surveillance package on weekly series: one CSV a method, series x weeks of the range.
# Rscript surge_peers.R FOLDER FIRST: FOLDER/null.csv and current.csv hold the counts, series x weeks, without a header;
# FIRST is the first week of the range, from 1. Low scores are extreme.
suppressMessages(library(surveillance))
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
range <- as.integer(arguments[2]):ncol(read.csv(file.path(folder, "null.csv"), header = FALSE, nrows = 1))
counts <- lapply(c(null = "null", current = "current"), function(name)
  as.matrix(read.csv(file.path(folder, paste0(name, ".csv")), header = FALSE)))

series <- function(y) sts(observed = unname(y), start = c(2000, 1), frequency = 52)

farrington <- function(y, weeks) {
  control <- list(range = weeks, b = 5, w = 3, reweight = TRUE, weightsThreshold = 2.58, noPeriods = 10, trend = TRUE,
                  pThresholdTrend = 1, pastWeeksNotIncluded = 26, limit54 = c(0, 4), thresholdMethod = "nbPlugin",
                  alpha = 0.01, powertrans = "2/3")
  as.vector(suppressWarnings(farringtonFlexible(series(y), control = control))@control$pvalue)
}
glr <- function(limit) function(y, weeks) {
  control <- list(range = weeks, c.ARL = limit, mu0 = list(S = 2, trend = TRUE), alpha = NULL, Mtilde = 1, M = -1,
                  change = "intercept", theta = NULL, dir = "inc", ret = "value")
  1 - as.vector(suppressWarnings(glrnb(series(y), control = control))@alarm)
}
ears <- function(y, weeks) {
  bound <- as.vector(earsC(series(y), control = list(range = weeks, method = "C1", alpha = 0.01))@upperbound)
  before <- sapply(weeks, function(week) mean(y[(week - 7):(week - 1)]))
  pnorm(qnorm(0.99) * (y[weeks] - before) / pmax(bound - before, 1e-9), lower.tail = FALSE, log.p = TRUE)
}

# A method whose baseline leaves the latest weeks out sees a current outbreak in its own weeks only.
span <- function(i) {
  differ <- range[counts$null[i, range] != counts$current[i, range]]
  if (length(differ)) min(differ):max(differ) else integer(0)
}
run <- function(method, name, local) {
  began <- proc.time()[["user.self"]]
  weeks <- 0
  scores <- lapply(counts, function(x) matrix(1, nrow(x), length(range)))
  for (i in seq_len(nrow(counts$null))) for (which in names(counts)) {
    if (which == "current" && local) {
      scores$current[i, ] <- scores$null[i, ]
      some <- span(i)
    } else some <- range
    if (!length(some)) next
    found <- tryCatch(method(counts[[which]][i, ], some), error = function(e) rep(NA, length(some)))
    scores[[which]][i, some - range[1] + 1] <- found
    weeks <- weeks + length(some)
  }
  for (which in names(scores))
    write.table(scores[[which]], file.path(folder, paste0(name, "-", which, ".csv")), sep = ",",
                row.names = FALSE, col.names = FALSE, na = "nan")
  cat(name, (proc.time()[["user.self"]] - began) / weeks * 1e6, "\n", file = file.path(folder, "took.txt"), append = TRUE)
}

cat(as.character(packageVersion("surveillance")), "\n", file = file.path(folder, "took.txt"))
run(ears, "ears_c1", FALSE)
run(glr(2.6), "glrnb_2.6", FALSE)
run(glr(5), "glrnb_5", FALSE)
run(farrington, "farrington_flexible", TRUE)
