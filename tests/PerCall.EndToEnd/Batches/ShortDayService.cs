namespace PerCall.EndToEnd.Batches;

/// <summary>A service whose batches have a few seconds.</summary>
public sealed class ShortDayService : Service
{
    public const int Seconds = 10;

    protected override IEnumerable<(string Name, string? Value)> Settings => [("PerCall__Batches__Window", $"00:00:{Seconds}")];
}
