using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Inference.Images;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;

namespace PerCall.Bench.Decode;

/// <summary><c>decode</c>: what the codec's scaled decode saves, and what it does to a model's answers.</summary>
internal static class DecodeCommand
{
    private static readonly double[] Headrooms = [1, 1.5, 2, 2.5, 3];

    public static Command Create()
    {
        var command = new Command("decode", "Time and effect of decoding at a fraction of the size, on real photographs.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var folder = Path.Combine(Repository.Zoo, "photos");
        if (!Directory.Exists(folder))
        {
            Console.WriteLine($"skipped: there is no {folder}; PERCALL_ZOO names the folder of models and photographs.");
            return 0;
        }

        var report = new Report("Scaled decode");
        var photos = Directory.EnumerateFiles(folder).Where(
            f => !f.EndsWith(".txt", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(f => new Photograph(Path.GetFileName(f), File.ReadAllBytes(f))).ToList();
        using var packages = new TemporaryFolder();
        var package = ZooPackages.SqueezeNet().WriteTo(packages.Path);
        var stored = await new FolderPackageStore(packages.Path).FindAsync("squeezenet", "1", cancellation);
        using var model = await new ModelLoader(new ModelRegistryOptions()).LoadAsync(stored!.Manifest, package, cancellation);

        WriteEffect(report, photos, model);
        WriteTimes(report, photos, model);
        await report.WriteAsync("decode", cancellation);
        return 0;
    }

    private static void WriteEffect(Report report, List<Photograph> photos, LoadedModel model)
    {
        report.Paragraph($"""
            ## What it does to a model's answers

            SqueezeNet (ImageNet, half precision, 224 × 224, cover and centre crop): the worst difference of the five best scores against a full decode, by how
            many times the resolution that the target needs is decoded at least (headroom). Both are resized by area averaging. An asterisk: the best label is another one.
            In brackets the scale that the codec decodes at, in eighths; 8 is a full decode, where nothing can differ.
            """);
        var rows = photos.Select(photo =>
        {
            Console.WriteLine(photo.Name);
            var exact = photo.Classify(model, headroom: null);
            return (
                Photo: photo, Exact: exact,
                Trials: Headrooms.Select(h => Trial.Of(exact, photo.Classify(model, h), photo.Eighths(model, h))).ToList());
        }).ToList();
        string[] worst = ["worst", "", "", .. Enumerable.Range(0, Headrooms.Length).Select(
            h => Text(rows.Max(r => r.Trials[h].Difference), "0.000"))];
        report.Table(
            ["photograph", "size", "best score", .. Headrooms.Select(h => $"headroom {Text(h, "0.#")}")],
            [.. rows.Select(
                r => (string[])[r.Photo.Name, r.Photo.Size, Text(r.Exact.Max(), "0.000"), .. r.Trials.Select(t => t.ToString())]), worst]);
    }

    private static void WriteTimes(Report report, List<Photograph> photos, LoadedModel model)
    {
        report.Paragraph($"""
            ## What it saves

            Milliseconds to decode at each of the codec's scales (medians), and for the whole way from bytes to tensor with a headroom of 1, with that of the
            service ({ImageDecoder.Headroom:0.#}), and with a full decode. Formats other than JPEG have no scales of their own.
            """);
        report.Table(
            ["photograph", .. Enumerable.Range(1, 8).Select(e => $"{e}/8"), "to tensor, 1", $"to tensor, {Text(ImageDecoder.Headroom, "0.#")}", "to tensor, full"],
            photos.Select(photo =>
            {
                Console.WriteLine(photo.Name);
                return (string[])[
                    photo.Name,
                    .. photo.DecodeTimes().Select(t => t is { } time ? Text(time, "0.0") : ""),
                    Text(photo.TensorTime(model, 1), "0.0"), Text(photo.TensorTime(model, ImageDecoder.Headroom), "0.0"),
                    Text(photo.TensorTime(model, null), "0.0")];
            }));
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <param name="Difference">Of the five best scores, the worst.</param>
    /// <param name="SameLabel">Whether the best label is the same.</param>
    /// <param name="Eighths">The scale.</param>
    private sealed record Trial(float Difference, bool SameLabel, int Eighths)
    {
        public static Trial Of(float[] exact, float[] scores, int eighths)
        {
            var best = Enumerable.Range(0, exact.Length).OrderByDescending(i => exact[i]).Take(5).ToList();
            return new(best.Max(i => Math.Abs(exact[i] - scores[i])), scores[best[0]] == scores.Max(), eighths);
        }

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Difference:0.000}{(SameLabel ? "" : "*")} ({Eighths})");
    }
}
