using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using NCrontab;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;

namespace PerCall.Hosting.Timers;

/// <summary>A function with a timer trigger.</summary>
internal sealed record TimerFunction(FunctionDescriptor Function, CrontabSchedule Schedule, string Expression, bool UseMonitor)
{
    private static readonly CrontabSchedule.ParseOptions SixFields = new() { IncludingSeconds = true };

    public static TimerFunction? Create(
        FunctionDescriptor function, TimerTriggerAttribute trigger, IConfiguration configuration, ICollection<string> faults)
    {
        var count = faults.Count;
        if (function.TriggerParameter.ParameterType != typeof(TimerInfo))
        {
            faults.Add(
                $"Timer function '{function.Name}' has a trigger parameter of type {function.TriggerParameter.ParameterType.Name}; "
                    + "allowed: TimerInfo.");
        }

        if (trigger.RunOnStartup)
        {
            faults.Add($"Timer function '{function.Name}' sets RunOnStartup, which this host does not support.");
        }

        foreach (var parameter in function.DataParameters)
        {
            faults.Add($"Timer function '{function.Name}' has a parameter '{parameter.Name}', but a timer has no binding data.");
        }

        var expression = SettingExpression.Resolve(trigger.Schedule, function.Name, configuration, faults);
        CrontabSchedule? schedule = null;
        if (faults.Count == count)
        {
            schedule = CrontabSchedule.TryParse(expression, SixFields);
            if (schedule is null)
            {
                faults.Add($"Timer function '{function.Name}' has the schedule '{expression}'; expected a six-field NCRONTAB expression: " +
                    "second minute hour day month day-of-week.");
            }
        }

        return schedule is null || faults.Count > count
            ? null
            : new TimerFunction(function, schedule, expression, trigger.UseMonitor);
    }
}
