namespace Microsoft.Azure.Functions.Worker;

/// <summary>Runs the function on a schedule, once over all instances. Stands on a <see cref="TimerInfo"/> parameter.</summary>
/// <param name="schedule">
/// Six-field NCRONTAB expression (second minute hour day month day-of-week) in UTC; <c>%Setting%</c> is replaced by that setting.
/// </param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class TimerTriggerAttribute(string schedule) : Attribute
{
    public string Schedule { get; } = schedule;

    /// <summary>Also run whenever an instance starts to serve the timer.</summary>
    public bool RunOnStartup { get; set; }

    /// <summary>Keep the schedule's status in storage, so that an occurrence missed while nothing ran is made up for at start.</summary>
    public bool UseMonitor { get; set; } = true;
}
