# Writes the telephone customers of modeldata as CSV: Rscript churn.R <file>
library(modeldata)
data("wa_churn")
write.csv(wa_churn, commandArgs(trailingOnly = TRUE)[1], row.names = FALSE, na = "", fileEncoding = "UTF-8")
