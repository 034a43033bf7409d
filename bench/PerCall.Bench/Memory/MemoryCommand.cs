using System.CommandLine;
using System.Globalization;
using System.Net.Mime;
using PerCall.Bench.Results;
using PerCall.Bench.Running;

namespace PerCall.Bench.Memory;

/// <summary><c>memory</c>: whether calls leave anything behind.</summary>
internal static class MemoryCommand
{
    private const int Connections = 8;
    private static readonly int[] Marks = [0, 100, 1_000, 2_000, 4_000, 6_000, 8_000, 10_000];

    public static Command Create()
    {
        var command = new Command("memory", "Resident memory of the service after 1,000 and 10,000 calls.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task RunAsync(CancellationToken cancellation)
    {
        var report = new Report("Memory");
        await using var bed = await ServiceBed.CreateAsync(BenchFiles.Packages, cancellation);
        await using var service = await bed.StartAsync();
        var photo = await File.ReadAllBytesAsync(BenchFiles.Photo, cancellation);
        var samples = new Dictionary<int, (double Resident, double Peak)>();
        foreach (var (done, mark) in Marks.Prepend(0).Zip(Marks))
        {
            Post(service.Address, photo, mark - done);
            samples[mark] = (ProcessMemory.Resident(service.Id), ProcessMemory.Peak(service.Id));
            Console.WriteLine($"{mark}: {samples[mark]} MB");
        }

        var ratio = samples[10_000].Resident / samples[1_000].Resident;
        report.Paragraph(
            $"Resident memory of the service, MB, while {Connections} connections post a 500 × 600 JPEG to MobileNetV2; read right after the last answer.");
        report.Paragraph($"**after 10,000 calls {100 * (ratio - 1):+0.0;-0.0} % of what it was after 1,000** (wanted: within 10 %)");
        report.Table(
            ["calls", "resident", "highest so far"],
            samples.Select(s => new[] { s.Key.ToString("N0", CultureInfo.InvariantCulture), Text(s.Value.Resident), Text(s.Value.Peak) }));
        await report.WriteAsync("memory", cancellation);
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static void Post(Uri address, byte[] photo, int calls)
    {
        var left = calls;
        var threads = Enumerable.Range(0, Connections).Select(_ => new Thread(() =>
        {
            using var connection = new ClassifyConnection(address, BenchFiles.Network, MediaTypeNames.Image.Jpeg, photo);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                connection.Call();
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
    }
}
