using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Client.Wire;
using PerCall.Testing;
using PerCall.Testing.Charges;

namespace PerCall.Bench.Metering;

/// <summary><c>limits</c>: eight instances that share one tenant's rate, and then its budget.</summary>
internal static class LimitsCommand
{
    private const int Instances = 8;
    private const long Price = 7;

    public static Command Create()
    {
        var quota = new Option<int>("--quota") { DefaultValueFactory = _ => 1200, Description = "Requests per minute of the plan." };
        var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 200, Description = "Of demand beyond the quota." };
        var budget = new Option<long>("--budget") { DefaultValueFactory = _ => 70_001, Description = "Micro-units of the plan." };
        var command = new Command("limits", "Eight processes and one plan: requests per minute, and a budget.") { quota, seconds, budget };
        command.SetAction(
            (parsed, cancellation) => RunAsync(parsed.GetValue(quota), parsed.GetValue(seconds), parsed.GetValue(budget), cancellation));
        return command;
    }

    private static async Task RunAsync(int quota, int seconds, long budget, CancellationToken cancellation)
    {
        var report = new Report("Limits");
        var image = await File.ReadAllBytesAsync(Path.Combine(Repository.Models, "digits", "1", "samples", "digit-7.png"), cancellation);
        await using (var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation))
        {
            var services = await StartAsync(bed);
            var key = await ServiceBed.KeyAsync(services[0], Plan with { RequestsPerMinute = quota }, cancellation);
            var admitted = await DemandAsync(services, key, image, quota, seconds, cancellation);
            await StopAsync(services);
            WriteRate(report, admitted, quota, seconds);
        }

        await using (var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation))
        {
            var services = await StartAsync(bed);
            var key = await ServiceBed.KeyAsync(services[0], Plan with { MonthlyBudget = budget }, cancellation);
            var paid = await Task.WhenAll(services.Select(s => SpendAsync(s, key, image)));
            var charged = (await WrittenCharge.ReadAllAsync(bed.ConnectionString, cancellation)).Sum(c => c.Charge);
            await StopAsync(services);
            report.Paragraph($"""
                **Budget:** {Instances} processes call until each is told that the budget of {budget:N0} micro-units is spent, {Price} a call: answers say {paid.Sum():N0}, the journal {charged:N0},
                **{(double)charged / budget:0.0000} of the budget** (wanted: at least 0.98, never more than 1).
                """);
        }

        await report.WriteAsync("limits", cancellation);
    }

    private static PutPlanRequest Plan => new() { Currency = "EUR", Prices = [new("*", "*", "image", Price)] };

    private static async Task<List<ServiceProcess>> StartAsync(ServiceBed bed)
    {
        var services = new List<ServiceProcess>();
        while (services.Count < Instances)
        {
            services.Add(await bed.StartMeteredAsync());
        }

        return services;
    }

    private static async Task StopAsync(List<ServiceProcess> services)
    {
        foreach (var service in services)
        {
            await service.DisposeAsync();
        }
    }

    /// <summary>Each process is asked for twice its share, evenly.</summary>
    /// <returns>The second of each admitted request.</returns>
    private static async Task<List<double>> DemandAsync(
        List<ServiceProcess> services, string key, byte[] image, int quota, int seconds, CancellationToken cancellation)
    {
        var admitted = new ConcurrentQueue<double>();
        var started = TimeProvider.System.GetTimestamp();
        var pause = TimeSpan.FromSeconds(60.0 * Instances / quota / 2);
        await Task.WhenAll(services.Select(service => Task.Run(
            async () =>
            {
                using var http = new HttpClient();
                http.DefaultRequestHeaders.Add("x-api-key", key);
                using var timer = new PeriodicTimer(pause);
                while (await timer.WaitForNextTickAsync(cancellation) && TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds)
                {
                    if ((await ReceivedAnswer.CallAsync(http, service.Address, "digits", image)).Status == 200)
                    {
                        admitted.Enqueue(TimeProvider.System.GetElapsedTime(started).TotalSeconds);
                    }
                }
            },
            cancellation)));
        return [.. admitted.Order()];
    }

    private static void WriteRate(Report report, List<double> admitted, int quota, int seconds)
    {
        // Windows of 60 seconds that begin at every second, the first ones aside: there the window is still empty.
        var windows = Enumerable.Range(1, seconds - 61).Select(s => admitted.Count(a => a >= s && a < s + 60)).ToList();
        report.Paragraph($"""
            **Rate:** {Instances} processes, a plan of {quota} requests a minute, {seconds} s of twice that demand. In any 60 seconds between **{(double)windows.Min() / quota:0.000} and {(double)windows.Max() / quota:0.000}
            of the plan** were admitted (wanted: within 0.95 and 1.05); in all {admitted.Count}.
            """);
        report.Table(
            ["60 seconds from second", "admitted"],
            [.. windows.Index().Where(w => w.Index % 20 == 0).Select(
                w => new[] { $"{w.Index + 1}", w.Item.ToString(CultureInfo.InvariantCulture) })]);
    }

    private static async Task<long> SpendAsync(ServiceProcess service, string key, byte[] image)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("x-api-key", key);
        for (long paid = 0; ;)
        {
            var (status, answer) = await ReceivedAnswer.CallAsync(http, service.Address, "digits", image);
            if (status == 402)
            {
                return paid;
            }

            paid += answer?.Cost ?? throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"A call was answered with {status}."));
        }
    }
}
