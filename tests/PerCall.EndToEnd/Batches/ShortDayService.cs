namespace PerCall.EndToEnd.Batches;

/// <summary>A service whose batches have fifteen seconds.</summary>
public sealed class ShortDayService : Service
{
    protected override IEnumerable<(string Name, string? Value)> Settings => [("PerCall__Batches__Window", "00:00:15")];
}
