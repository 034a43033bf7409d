# Writes the ratings of the dslabs package's MovieLens set (GroupLens' ml-latest-small of 2016) as CSV, in the package's own order.
output <- commandArgs(trailingOnly = TRUE)
if (length(output) != 1) stop("usage: Rscript movielens.R <output.csv>")
data(movielens, package = "dslabs")
dir.create(dirname(output), recursive = TRUE, showWarnings = FALSE)
ratings <- data.frame(user = movielens$userId, item = movielens$movieId, rating = movielens$rating, timestamp = movielens$timestamp)
write.csv(ratings, output, row.names = FALSE, quote = FALSE)
