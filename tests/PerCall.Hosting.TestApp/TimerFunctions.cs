using System.Globalization;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.TestApp;

public static class TimerFunctions
{
    [Function("tick")]
    public static void Tick([TimerTrigger("%TickSchedule%")] TimerInfo timer) =>
        Say.Line($"tick past due {timer.IsPastDue} next {Seconds(timer.ScheduleStatus?.Next)} last {Seconds(timer.ScheduleStatus?.Last)}");

    [Function("unmonitored")]
    public static void Unmonitored([TimerTrigger("*/5 * * * * *", UseMonitor = false)] TimerInfo timer) =>
        Say.Line($"unmonitored past due {timer.IsPastDue} status {(timer.ScheduleStatus is null ? "none" : "some")}");

    private static string Seconds(DateTime? time) => time?.ToString("s", CultureInfo.InvariantCulture) ?? "none";
}
