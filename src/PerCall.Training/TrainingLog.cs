using System.Globalization;

namespace PerCall.Training;

/// <summary>Progress for the person who waits: one line an epoch or a fold.</summary>
/// <param name="writer">Where lines go; standard error in the command.</param>
/// <param name="time">Measures rates.</param>
internal sealed class TrainingLog(TextWriter writer, TimeProvider time)
{
    private readonly List<double> _epochs = [];

    public static TrainingLog None => new(TextWriter.Null, TimeProvider.System);

    /// <summary>How long each epoch took, in seconds.</summary>
    public IReadOnlyList<double> Epochs => _epochs;

    public long Start() => time.GetTimestamp();

    public double Seconds(long started) => time.GetElapsedTime(started).TotalSeconds;

    public void Write(FormattableString line) => writer.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Says how an epoch went and how fast.</summary>
    /// <param name="epoch">Which, from 1.</param>
    /// <param name="epochs">Of how many.</param>
    /// <param name="ratings">How many ratings it went through.</param>
    /// <param name="started">What <see cref="Start"/> returned when it began.</param>
    /// <param name="error">The root mean squared error over the epoch, where the method has one.</param>
    public void Epoch(int epoch, int epochs, int ratings, long started, double? error)
    {
        var seconds = Seconds(started);
        _epochs.Add(seconds);
        var fit = error is null ? "" : string.Create(CultureInfo.InvariantCulture, $", training RMSE {error:0.0000}");
        Write($"epoch {epoch} of {epochs}{fit}, {seconds:0.00} s, {ratings / seconds / 1e6:0.00} million ratings/s");
    }
}
