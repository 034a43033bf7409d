namespace Microsoft.Azure.Functions.Worker;

/// <summary>Where a timer stands; all times are UTC.</summary>
public class ScheduleStatus
{
    /// <summary>Occurrence that ran last; the default value before the first run.</summary>
    public DateTime Last { get; set; }

    /// <summary>Occurrence that is expected next.</summary>
    public DateTime Next { get; set; }

    /// <summary>When this status was written.</summary>
    public DateTime LastUpdated { get; set; }
}
