namespace PerCall.Training.Ratings;

/// <summary>Reads ratings from CSV, or from JSON Lines when the file's name ends in <c>.jsonl</c> or <c>.ndjson</c>.</summary>
internal static class RatingFile
{
    /// <param name="path">The file; UTF-8.</param>
    /// <param name="scale">The allowed ratings; null allows any finite number and takes the scale from the lowest and highest.</param>
    /// <param name="log">Reports pairs that occur more than once.</param>
    /// <exception cref="TrainingException">The file cannot be read, has errors, or has too few ratings to train on.</exception>
    public static RatingSet Read(string path, RatingScale? scale, TrainingLog log)
    {
        if (!File.Exists(path))
        {
            throw new TrainingException($"File {path} not found.");
        }

        var faults = new RatingFaults();
        var collector = new RatingCollector(scale, faults);
        // Invalid UTF-8 becomes U+FFFD and is reported with its row, where the line is known.
        using (var reader = new StreamReader(path))
        {
            var json = Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson";
            foreach (var row in json
                ? JsonRatingRows.Read(reader, faults)
                : CsvRatingRows.Read(reader, CsvRatingRows.SeparatorOf(File.ReadLines(path).FirstOrDefault("")), faults))
            {
                collector.Add(row);
            }
        }

        faults.ThrowIfAny(path);
        if (collector.Duplicates > 0)
        {
            log.Write($"{collector.Duplicates} rating(s) repeat a pair of user and item; the last one of each pair is used");
        }

        return collector.ToSet(path);
    }
}
