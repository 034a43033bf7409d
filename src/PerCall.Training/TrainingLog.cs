using System.Globalization;

namespace PerCall.Training;

/// <summary>Reports progress to the user: one line per epoch or fold.</summary>
/// <param name="writer">Receives the lines; standard error in the command.</param>
/// <param name="time">Measures rates.</param>
internal sealed class TrainingLog(TextWriter writer, TimeProvider time)
{
    private readonly List<double> _epochs = [];

    public static TrainingLog None => new(TextWriter.Null, TimeProvider.System);

    /// <summary>Duration of each epoch in seconds.</summary>
    public IReadOnlyList<double> Epochs => _epochs;

    public long Start() => time.GetTimestamp();

    public double Seconds(long started) => time.GetElapsedTime(started).TotalSeconds;

    public void Write(FormattableString line) => writer.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Reports the result and the speed of an epoch.</summary>
    /// <param name="epoch">Its number, starting at 1.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="ratings">Number of ratings processed.</param>
    /// <param name="started">The value that <see cref="Start"/> returned at its beginning.</param>
    /// <param name="error">The root mean squared error over the epoch; null when the method has none.</param>
    public void Epoch(int epoch, int epochs, int ratings, long started, double? error)
    {
        var seconds = Seconds(started);
        _epochs.Add(seconds);
        var fit = error is null ? "" : string.Create(CultureInfo.InvariantCulture, $", training RMSE {error:0.0000}");
        Write($"epoch {epoch} of {epochs}{fit}, {seconds:0.00} s, {ratings / seconds / 1e6:0.00} million ratings/s");
    }
}
