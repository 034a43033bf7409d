# Writes the food reviews of modeldata as CSV: Rscript reviews.R <file>
library(modeldata)
data("small_fine_foods")
reviews <- rbind(training_data, testing_data)
write.csv(reviews[c("review", "score")], commandArgs(trailingOnly = TRUE)[1], row.names = FALSE, fileEncoding = "UTF-8")
